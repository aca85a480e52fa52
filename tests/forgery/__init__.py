"""A campaign of forgeries against the whole line from a mail to a post, and of genuine mail that must get through.

`python -m tests.forgery` counts. Keys are our own; a name server of our own answers for the domains of the campaign.
"""
