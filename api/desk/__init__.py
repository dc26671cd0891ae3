"""Where the command line hands requests in and watches operations: at the database, or at a service over the network.

`interface` says what a desk does; the commands know nothing else of it. `database` works on the record directly, `service` asks a
running service through the client.
"""
