"""Where the work meets: the page frame, Today, the list of people, search, the record page that gathers all apps."""
