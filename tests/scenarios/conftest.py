"""What scenarios on Discord share."""

from tests.discord_server import fake, pointed

__all__ = ["fake", "pointed"]  # fixtures
