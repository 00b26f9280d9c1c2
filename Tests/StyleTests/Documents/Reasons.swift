import Foundation

/// Finds the reasons of errors in texts, to verify that the documents contain all of them.
enum Reasons {
  /// Only rows of an import get these, and rows are not calls.
  static let ofImports: Set = ["id_taken"]

  /// The reasons that a source declares.
  static func declared(in source: String) -> Set<String> {
    // The errors of a store are made by their own function.
    let pattern = /(?:\breason: |\bunavailable\(\s*)"([a-z_]+)"/
    return Set(source.matches(of: pattern).map { String($0.1) })
  }

  /// The reasons that a transcript shows, each after its kind.
  static func shown(in transcript: String) -> Set<[String]> {
    let pattern = /"kind":"([a-z_]+)","reason":"([a-z_.]+)"/
    return Set(transcript.matches(of: pattern).map { [String($0.1), String($0.2)] })
  }
}
