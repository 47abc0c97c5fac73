"""Documents from the web: which addresses may be fetched, single pages, sitemaps and crawls."""

from engine.knowledge.web.fetch import Answered, Fetched, Fetcher, Gone
from engine.knowledge.web.seen import Seen
from engine.knowledge.web.site import Address, Listing, Site, kind_of

__all__ = ["Address", "Answered", "Fetched", "Fetcher", "Gone", "Listing", "Seen", "Site", "kind_of"]
