"""What a learning platform is given: a SCORM package to launch, xAPI statements to keep, a table to open."""
