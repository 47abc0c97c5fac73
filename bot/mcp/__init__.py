"""Frontdesk for other agents: search, ask and draft through the Model Context Protocol, under the same rules.

    a token -> caller -> tools -> the inbox, like any question -> the reply, with its sources

``listening`` speaks HTTP and ``stdio`` the standard streams, both through the official SDK; ``agents`` is what may be
done, ``channel`` where its questions stand in the inbox.
"""
