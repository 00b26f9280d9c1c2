public import Contract
internal import Users

/// A problem with the mail options, and its remedy.
public struct MailError: Error, CustomStringConvertible {
  public let problem: Notice
  public let remedy: Notice

  init(_ problem: Notice, _ remedy: Notice) {
    self.problem = problem
    self.remedy = remedy
  }

  public var description: String { "\(problem.text). \(remedy.text)" }
}
