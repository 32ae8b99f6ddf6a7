"""The generic data framework: packages of files in, exports out, described in YAML."""
