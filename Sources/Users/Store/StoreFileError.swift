public import Contract

/// Why a file can't be opened as a store, and what to do.
public struct StoreFileError: Error, CustomStringConvertible {
  /// A sentence that begins with the path.
  public let problem: Notice
  public let remedy: Notice

  public init(_ path: String, _ problem: Notice, _ remedy: Notice) {
    self.problem = "\(path) \(problem)" + (problem.text.ends(with: ".") ? "" : ".")
    self.remedy = remedy
  }

  public var description: String { "\(problem.text) \(remedy.text)" }
}
