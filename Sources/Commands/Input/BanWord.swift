import Contract
import Users

/// Whether somebody is banned, said by yes or no, or by the time until when.
enum BanWord {
  static func read(_ text: String) -> Bool? {
    if let isBanned = FlagWord.read(text) { return isBanned }
    if ColumnName.key(text) == "infinity" { return true }
    return Moment(TimeWord.read(text)).map { $0.floor > .now }
  }
}
