"""An evidence card: everything known of one technique, down to each record's source."""
