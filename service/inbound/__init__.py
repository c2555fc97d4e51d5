"""Mail that comes in: returned mails, complaints, departures, confirmations, posts."""
