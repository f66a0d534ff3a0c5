"""From a scanner's stream of events to pages in the store."""
