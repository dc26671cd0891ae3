"""Single sign-on: tokens (JWT) that an OpenID Connect issuer signed, as one way of proving who asks.

`authenticator` is what `api.http.authentication` asks. It reads a token's header, takes the key of that name from `keys`, which
`issuer` fetched, has the signature checked, and leaves what the token says to `claims`, which knows from `trust` what is believed.
"""
