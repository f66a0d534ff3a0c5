"""Sending signed files to the store: an outbox that loses nothing, adapters, receipts that count.

`profiles.py` says where files go, `queue.py` keeps what has to go there, `run.py` sends it, and
`adapters/` speak to one kind of store each.
"""
