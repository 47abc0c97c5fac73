"""A picture that any decoder reads: what `doctor` shows a model."""

import base64

from engine.pictures import trial

PNG = base64.b64decode(trial()[1].content[0]["image_url"]["url"].partition("base64,")[2])
