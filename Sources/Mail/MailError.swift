public import Contract
internal import Users

/// What is wrong with where letters are to go, and what to do about it.
public struct MailError: Error, CustomStringConvertible {
  public let problem: Notice
  public let remedy: Notice

  init(_ problem: Notice, _ remedy: Notice) {
    self.problem = problem
    self.remedy = remedy
  }

  public var description: String { "\(problem.text). \(remedy.text)" }
}
