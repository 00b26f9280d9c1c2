import Contract
import Server

/// The words that people try for methods and commands.
enum MethodWords {
  private static let others = [
    "add": "users.create", "new": "users.create", "useradd": "users.create",
    "remove": "users.delete", "rm": "users.delete", "del": "users.delete",
    "userdel": "users.delete", "undelete": "users.restore", "ls": "users.list",
    "find": "users.list", "search": "users.list", "users": "users.list", "show": "users.get",
    "read": "users.get", "me": "users.get_current", "whoami": "users.get_current",
    "edit": "users.update", "set": "users.update", "change": "users.update",
    "usermod": "users.update", "login": "users.authenticate", "signin": "users.authenticate",
    "logout": "users.sign_out", "passwd": "users.change_password",
    "password": "users.reset_password", "follow": "users.events", "log": "users.events",
    "info": "server.info", "version": "server.info",
  ]

  private static var methods: [String] { ServerCatalog.descriptions.map(\.name.description) }

  /// The method that a word means: its name without the namespace, or another word for it.
  static func method(for word: String) -> String? {
    let word = word.behind("users.") ?? word
    if methods.contains("users." + word) { return "users." + word }
    return others[word]
  }

  /// The suggestion for an unknown command; empty if no known name is similar to it.
  static func suggestion(for word: String) -> String {
    if methods.contains(word) { return "; did you mean roster call \(word)?" }
    let commands = Command.allCases.map(\.rawValue)
    if word == "tail" { return "; did you mean watch?" }
    if let method = method(for: word) { return "; did you mean roster call \(method)?" }
    return Spelling.nearest(to: word, in: commands).map { "; did you mean \($0)?" } ?? ""
  }

  /// Refuses a method that does not exist, with the name that may have been meant.
  static func check(_ method: String) throws {
    if methods.contains(method) { return }
    let meant = self.method(for: method) ?? Spelling.nearest(to: method, in: methods)
    throw UsageError(
      "unknown method \(method)\(meant.map { "; did you mean \($0)?" } ?? "")\n"
        + "roster methods lists all methods.")
  }
}
