"""A small OpenID provider in this process: it signs, keeps codes, checks verifiers, and lies when told to."""

import base64
import hashlib
import json
import secrets
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "amparo-test", "a secret of two"


class Provider:
    """What it says can be changed by a test: `lies` are put over the token, `metadata_lies` over its description."""

    def __init__(self):
        self.key = RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"})
        self.codes, self.lies, self.metadata_lies, self.drops = {}, {}, {}, set()
        self.asked, self.signs_with, self.header, self.skips_token = [], None, {"alg": "RS256", "kid": "one"}, False

    def metadata(self):
        base = self.issuer
        told = {
            "issuer": base,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "jwks_uri": f"{base}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        return told | self.metadata_lies

    def agree(self, address, **claims):
        """Stand for the person at the provider's page: return the address it sends the browser back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked.append(asked)
        code = secrets.token_urlsafe(12)
        self.codes[code] = (asked, claims)
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def token(self, form, authorization):
        asked, claims = self.codes.pop(form["code"][0], (None, None))
        expected = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "%20").encode()).decode()
        plain = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked is None or authorization not in (expected, plain):
            return None
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"][0].encode()).digest()).rstrip(b"=").decode()
        if proof != asked["code_challenge"] or form["redirect_uri"][0] != asked["redirect_uri"]:
            return None
        now = int(time.time())
        said = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], "sub": "number-1"}
        said |= claims | self.lies
        said = {name: value for name, value in said.items() if name not in self.drops}
        if self.header["alg"] == "none":
            parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (self.header, said)]
            signed = ".".join([*parts, ""])
        else:
            signed = jwt.encode(self.header, said, self.signs_with or self.key, algorithms=[self.header["alg"]])
        told = {"access_token": secrets.token_urlsafe(12), "token_type": "Bearer", "expires_in": 300}
        return told if self.skips_token else told | {"id_token": signed}


@contextmanager
def serving():
    """Serve a provider on this computer for as long as the block runs."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def answer(self, told, status=200):
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            if self.path == "/.well-known/openid-configuration":
                return self.answer(provider.metadata())
            return self.answer({"keys": [provider.key.as_dict(private=False)]})

        def do_POST(self):
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            told = provider.token(form, self.headers.get("Authorization"))
            return self.answer(told) if told else self.answer({"error": "invalid_grant"}, 400)

        def log_message(self, *told):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
