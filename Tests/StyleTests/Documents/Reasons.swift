import Foundation

/// The reasons of errors as they are written, to see that the documents have all of them.
enum Reasons {
  /// Met by rows of an import alone, which are no calls.
  static let ofImports: Set = ["id_taken"]

  /// The words that stand for a reason in a source.
  static func declared(in source: String) -> Set<String> {
    // A store's errors go by a function of their own.
    let pattern = /(?:\breason: |\bunavailable\(\s*)"([a-z_]+)"/
    return Set(source.matches(of: pattern).map { String($0.1) })
  }

  /// Those that are shown in a transcript, each with its kind.
  static func shown(in transcript: String) -> Set<[String]> {
    let pattern = /"kind":"([a-z_]+)","reason":"([a-z_.]+)"/
    return Set(transcript.matches(of: pattern).map { [String($0.1), String($0.2)] })
  }
}
