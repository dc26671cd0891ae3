"""OpenStack behind the cloud port: one module per service, all of the same shape, on one shared connection.

cloud            puts the services together: `connect` gives a `Cloud`
identity, compute, unified_limits, block_storage, network, placement
                 one service each: what to ask, and how to read the answer
paging           lists that come in pages
connection       one authenticated session per cloud, and the only place where errors are translated
transport, retry, timing
                 every HTTP request passes here: counted, limited, timed, repeated where that is safe
answers          what a call gives back, and what an error says
"""
