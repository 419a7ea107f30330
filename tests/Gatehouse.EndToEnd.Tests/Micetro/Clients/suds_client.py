"""Reads the WSDL, logs in, calls, logs out: WSDL-URL NAME PORT, the password by standard input."""
import sys

from suds import WebFault
from suds.client import Client

wsdl, name, port = sys.argv[1:4]
password = sys.stdin.read()
client = Client(wsdl, cache=None, port=port)

try:
    client.service.Login("localhost", "nobody-" + name, "")
    sys.exit("nobody was let in")
except WebFault as fault:
    print("fault=" + fault.fault.faultstring)

token = client.service.Login("localhost", name, password)
assert len(token) == 42, token
users = client.service.GetUsers(token)
assert users.method == "session-parameter", users
print("user=" + users.user)
client.service.Logout(token)
try:
    client.service.GetUsers(token)
    sys.exit("a dead session was let in")
except WebFault as fault:
    print("after logout=" + fault.fault.faultstring)
