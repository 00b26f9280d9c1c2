internal import Contract
internal import JSON
internal import Users

/// The email that an update is to give an account: one that an account may have, or its own, whatever that
/// is. Which of them is known when the account is.
struct WantedEmail: ParamValue {
  /// As it was spelled, in lower case.
  let spelled: String
  private let email: Result<Email, Mismatch>

  static var shape: Shape { Email.shape }
  static var placeholder: WantedEmail { WantedEmail(spelled: "", email: .success(.placeholder)) }

  private init(spelled: String, email: Result<Email, Mismatch>) {
    self.spelled = spelled
    self.email = email
  }

  init(_ json: JSONValue) throws(Mismatch) {
    // What no account could ever have had is refused at once.
    spelled = try GivenEmail(json).value
    do { email = .success(try Email(json)) } catch { email = .failure(error) }
  }

  func resolved(for old: String?) throws(Failure) -> Email {
    if let old, spelled == old { return Email(unchecked: old) }
    do { return try email.get() } catch {
      throw .invalidParams([.init("/email", error.message)])
    }
  }
}
