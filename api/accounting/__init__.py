"""Where usage and statements are put together from the record: what the command line and the service both ask."""
