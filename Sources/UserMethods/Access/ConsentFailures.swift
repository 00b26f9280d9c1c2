public import Contract
internal import Users

// Refusals of an agent's call that a person has to confirm, for agents and their hosts.
extension Failure {
  static func confirmationNeeded(_ count: Int) -> Failure {
    let what = count == 1 ? "a change" : "\(count) changes"
    return Failure(
      .failedPrecondition, reason: "confirmation_needed",
      "A person has to confirm \(what), and this client can't ask one; nothing was done.",
      hint: "Leave this to a person. Call the tool again without it for the rest.")
  }

  static func tooManyToConfirm(_ count: Int, _ max: Int) -> Failure {
    Failure(
      .tooLarge, reason: "confirmation",
      "\(count) changes need a person's confirmation, and at most \(max) can be confirmed at a time; "
        + "nothing was done.",
      hint: "Split the irreversible changes into smaller bulks.")
  }

  /// The account has changed since the person was asked.
  static var confirmationStale: Failure {
    Failure(
      .conflict, reason: "confirmation_stale",
      "The account has changed since the person confirmed; nothing was done.",
      hint: "Read the account again. If the change is still wanted, call the tool again.")
  }

  static var confirmationLate: Failure {
    Failure(
      .failedPrecondition, reason: "confirmation_late",
      "The person answered too late; nothing was done.",
      hint: "If the change is still wanted, call the tool again: the person is asked again.")
  }

  static var confirmationForged: Failure {
    Failure(
      .invalidParams, reason: "confirmation_forged",
      "The requestState does not belong to this call.",
      hint:
        "Send back exactly the requestState that you received, with the same tool and arguments.",
      problems: [.init("/requestState", "does not belong to this call")])
  }

  /// The person declined.
  public static var notConfirmed: Failure {
    Failure(
      .failedPrecondition, reason: "not_confirmed",
      "The person said no; nothing was done.",
      hint: "Do not try again unless the person asks for it.")
  }

  public static var nobodyConfirmed: Failure {
    Failure(
      .failedPrecondition, reason: "confirmation_late", "No person answered; nothing was done.",
      hint: "Talk to the person before you call the tool again.")
  }

  public static func tooManyQuestions(_ count: Int) -> Failure {
    Failure(
      .rateLimited, reason: "confirmation",
      "\(count) questions already wait for a person; nothing was done.",
      hint: "Wait until they are answered.", isRetryable: true)
  }
}
