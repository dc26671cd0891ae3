"""Real guests for the devcloud: what the machine must have, the guest image, and the namespaces that its guests live in.

Everything here runs in the launcher's interpreter and needs the standard library alone.
"""
