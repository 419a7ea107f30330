# The caller's side of a handshake, by MIT's own library: one leg for each line that comes in.
#   legs.py MECHANISM SERVICE USER PASSWORD BINDING      (spnego, krb5 or ntlm; "-" for none)
# In: the server's token in base64, or an empty line for the first leg. Out: the caller's token in base64.
import base64
import sys

from gssapi import raw as gss

OIDS = {"spnego": "1.3.6.1.5.5.2", "krb5": "1.2.840.113554.1.2.2", "ntlm": "1.3.6.1.4.1.311.2.2.10"}
mechanism, service, user, password, binding = sys.argv[1:6]
kind = gss.OID.from_int_seq(OIDS[mechanism])
target = gss.import_name(service.encode(), gss.NameType.hostbased_service)
credential = None
if user != "-":
    ntlm = gss.OID.from_int_seq(OIDS["ntlm"])
    name = gss.import_name(user.encode(), gss.NameType.user)
    credential = gss.acquire_cred_with_password(name, password.encode(), mechs=[kind] if mechanism == "ntlm" else [kind, ntlm], usage="initiate").creds
channel = None if binding == "-" else gss.ChannelBindings(application_data=bytes.fromhex(binding))
context = None
for line in sys.stdin:
    token = base64.b64decode(line.strip()) or None
    step = gss.init_sec_context(target, credential, context, mech=kind, channel_bindings=channel, input_token=token, flags=0)
    context = step.context
    print(base64.b64encode(step.token or b"").decode(), flush=True)
