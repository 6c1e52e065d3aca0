"""Subscriptions: who wants to be told of which changes, and the notifications that tell them.

The matching of registrations of context sources is not here, only the parts that both kinds of subscriptions share.
"""
