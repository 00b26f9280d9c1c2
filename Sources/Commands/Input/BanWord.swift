import Contract
import Users

/// Whether an account is banned: yes or no, or the time when the ban ends.
enum BanWord {
  static func read(_ text: String) -> Bool? {
    if let isBanned = FlagWord.read(text) { return isBanned }
    if ColumnName.key(text) == "infinity" { return true }
    return Moment(TimeWord.read(text)).map { $0.floor > .now }
  }
}
