"""Reads the WSDL, logs in, calls, logs out: WSDL-URL NAME PORT [login-only], the password by standard input."""
import sys

import requests
import zeep
from zeep.exceptions import Fault
from zeep.transports import Transport

wsdl, name, port = sys.argv[1:4]
password = sys.stdin.read()
session = requests.Session()
session.trust_env = False
client = zeep.Client(wsdl, transport=Transport(session=session, cache=None))
service = client.bind("Service", port)

try:
    service.Login(server="localhost", loginName="nobody-" + name, password="")
    sys.exit("nobody was let in")
except Fault as fault:
    print("fault=" + fault.message)

token = service.Login(server="localhost", loginName=name, password=password)
assert len(token) == 42, token
if len(sys.argv) > 4:
    service.Logout(session=token)
    sys.exit(0)

users = service.GetUsers(session=token)
assert users.method == "session-parameter", users
print("user=" + users.user)
service.Logout(session=token)
try:
    service.GetUsers(session=token)
    sys.exit("a dead session was let in")
except Fault as fault:
    print("after logout=" + fault.message)
