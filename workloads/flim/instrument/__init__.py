"""The instrument between a decay and its record: response, laser period, gates, live bins."""
