"""What each kind of step does on the clouds: one module for each subject, put together in `catalogue`."""
