public import Contract
internal import Users

// What agents are refused with, and their hosts, where a person has to confirm what they ask for.
extension Failure {
  static func confirmationNeeded(_ count: Int) -> Failure {
    let what = count == 1 ? "a change" : "\(count) changes"
    return Failure(
      .failedPrecondition, reason: "confirmation_needed",
      "A person has to confirm \(what), and can't be asked here; nothing was done.",
      hint: "Leave it to a person, and call the tool again without it for whatever else is wanted.")
  }

  static func tooManyToConfirm(_ count: Int, _ max: Int) -> Failure {
    Failure(
      .tooLarge, reason: "confirmation",
      "A person would have to confirm \(count) changes, and can be asked about \(max) at a time; "
        + "nothing was done.",
      hint: "Make smaller bulks of what can't be undone.")
  }

  /// The account is not any more what the person was asked about.
  static var confirmationStale: Failure {
    Failure(
      .conflict, reason: "confirmation_stale",
      "What a person has confirmed has changed since; nothing was done.",
      hint: "Read it again, and call the tool again if it is still wanted.")
  }

  static var confirmationLate: Failure {
    Failure(
      .failedPrecondition, reason: "confirmation_late",
      "The person's answer came too late; nothing was done.",
      hint: "Call the tool again if it is still wanted: they will be asked anew.")
  }

  static var confirmationForged: Failure {
    Failure(
      .invalidParams, reason: "confirmation_forged",
      "The requestState is none that was given for this call.",
      hint: "Send back just what came, with the same tool and arguments.",
      problems: [.init("/requestState", "was not given for this call")])
  }

  /// What came of asking, if it is no yes.
  public static var notConfirmed: Failure {
    Failure(
      .failedPrecondition, reason: "not_confirmed",
      "The person did not allow it; nothing was done.",
      hint: "Don't try it again unless they ask for it.")
  }

  public static var nobodyConfirmed: Failure {
    Failure(
      .failedPrecondition, reason: "confirmation_late", "No person has answered; nothing was done.",
      hint: "Talk to the person before you call the tool again.")
  }

  public static func tooManyQuestions(_ count: Int) -> Failure {
    Failure(
      .rateLimited, reason: "confirmation",
      "\(count) questions wait for a person already; nothing was done.",
      hint: "Wait until they are answered.", isRetryable: true)
  }
}
