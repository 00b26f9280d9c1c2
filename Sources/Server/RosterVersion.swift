/// The version of Roster; CHANGELOG.md says what each brought.
public let rosterVersion = "0.7.0"
