/// The version of Roster; CHANGELOG.md lists the changes of each.
public let rosterVersion = "0.9.0"
