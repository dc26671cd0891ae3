"""OpenStack behind the cloud port: one module per service, all of the same shape, on one shared connection.

cloud                    puts the services together; `connect` is the way in
identity, compute, block_storage, network, placement
                         one service each: what to ask, and how to read the answer
unified_limits, pools    what compute and block storage need beside: Nova's limits in Keystone, Cinder's pools
paging                   lists that come in pages
connection               one authenticated session per cloud
translation              the one place where OpenStack's errors become ours
transport, retry, timing every HTTP request passes here: counted, limited, timed, repeated where that is safe
calls                    what is asked and answered, as records
"""
