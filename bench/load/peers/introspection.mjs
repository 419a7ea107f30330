// An OAuth server of npm (package oidc-provider) with one opaque token, for its introspection endpoint:
//   node introspection.mjs PORT  prints the token.
import Provider from 'oidc-provider';

const provider = new Provider(`http://127.0.0.1:${process.argv[2]}`, {
  clients: [{ client_id: 'bench', client_secret: 'bench-secret-of-the-load-test', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }],
  features: { clientCredentials: { enabled: true }, introspection: { enabled: true }, devInteractions: { enabled: false } },
});
provider.listen(Number(process.argv[2]), '127.0.0.1', async () => {
  const answer = await fetch(`http://127.0.0.1:${process.argv[2]}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Basic ${btoa('bench:bench-secret-of-the-load-test')}` },
    body: 'grant_type=client_credentials',
  });
  console.log((await answer.json()).access_token);
});
