// A real OpenID provider (npm: oidc-provider) for the tests. Its password grant is not built in: the glue below registers it.
// node oidc-provider.mjs CONFIG.json, which names issuer, port, key, cert, jwks, secret, users, tokens ("opaque" or "jwt"), lifetimes.
import https from 'node:https';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const config = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const require = createRequire(config.modules + '/');
const { Provider, errors } = await import(pathToFileURL(require.resolve('oidc-provider')).href);
const users = () => JSON.parse(fs.readFileSync(config.users, 'utf8'));

// Tokens outlive a restart, as at a provider with a database.
const file = config.store;
const rows = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
class FileAdapter {
  constructor(model) { this.model = model; }
  key(id) { return this.model + ':' + id; }
  save() { fs.writeFileSync(file, JSON.stringify(rows)); }
  async upsert(id, payload) { rows[this.key(id)] = payload; this.save(); }
  async find(id) { return rows[this.key(id)]; }
  async findByUid(uid) { return Object.values(rows).find((row) => row.uid === uid); }
  async findByUserCode() { return undefined; }
  async consume(id) { rows[this.key(id)].consumed = Math.floor(Date.now() / 1000); this.save(); }
  async destroy(id) { delete rows[this.key(id)]; this.save(); }
  async revokeByGrantId(grantId) {
    for (const [key, row] of Object.entries(rows)) if (row.grantId === grantId) delete rows[key];
    this.save();
  }
}

const provider = new Provider(config.issuer, {
  adapter: FileAdapter,
  jwks: config.jwks,
  clients: [
    { client_id: 'gatehouse', client_secret: config.secret, grant_types: ['password'], response_types: [], redirect_uris: [], token_endpoint_auth_method: config.authentication },
  ],
  scopes: ['openid', 'profile'],
  claims: { openid: ['sub'], profile: ['preferred_username', 'groups', 'realm_access'] },
  conformIdTokenClaims: false,
  ttl: { AccessToken: config.accessTokenSeconds, IdToken: 600 },
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: config.revocation },
    resourceIndicators: {
      enabled: config.tokens === 'jwt',
      defaultResource: () => config.audience,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: 'openid profile', audience: config.audience, accessTokenFormat: 'jwt', accessTokenTTL: config.accessTokenSeconds, jwt: { sign: { alg: 'RS256' } } }),
    },
  },
  async findAccount(ctx, id) {
    const user = users()[id];
    return user && { accountId: id, claims: () => ({ sub: id, preferred_username: user.name ?? id, groups: user.groups, realm_access: { roles: user.groups } }) };
  },
});

provider.registerGrantType('password', async (ctx, next) => {
  const { username, password, scope } = ctx.oidc.params;
  if (!username || !password) throw new errors.InvalidRequest('username and password are required');
  const user = users()[username];
  if (!user || user.password !== password) throw new errors.InvalidGrant('wrong');
  if (user.state) {
    const refusal = new errors.InvalidGrant(user.state);
    refusal.error_description = user.state;
    throw refusal;
  }
  const { client } = ctx.oidc;
  const grant = new provider.Grant({ accountId: username, clientId: client.clientId });
  grant.addOIDCScope(scope);
  if (config.tokens === 'jwt') grant.addResourceScope(config.audience, scope);
  const account = await provider.Account.findAccount(ctx, username);
  const token = new provider.AccessToken({ accountId: username, client, grantId: await grant.save(), gty: 'password', scope, expiresWithSession: false, claims: {} });
  if (config.tokens === 'jwt') {
    const { ResourceServer } = provider;
    token.resourceServer = new ResourceServer(config.audience, { scope: 'openid profile', audience: config.audience, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } });
  }
  ctx.oidc.entity('AccessToken', token);
  const value = await token.save();
  const idToken = new provider.IdToken({ ...(await account.claims()) }, { ctx });
  idToken.scope = scope;
  ctx.body = { access_token: value, expires_in: token.expiration, token_type: 'Bearer', scope, id_token: await idToken.issue({ use: 'idtoken' }) };
  await next();
}, ['username', 'password', 'scope']);

https.createServer({ key: fs.readFileSync(config.key), cert: fs.readFileSync(config.cert) }, provider.callback()).listen(config.port, '127.0.0.1', () => console.log('ready'));
