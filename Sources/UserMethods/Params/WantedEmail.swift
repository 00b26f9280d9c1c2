internal import Contract
internal import JSON
internal import Users

/// The new email in an update: a valid one, or the account's current one, even if that is no longer
/// valid. `resolved` checks it, because only then the account is known.
struct WantedEmail: ParamValue {
  /// The email as given, in lower case.
  let spelled: String
  private let email: Result<Email, InvalidValue>

  static var schema: Schema { Email.schema }
  static var placeholder: WantedEmail { WantedEmail(spelled: "", email: .success(.placeholder)) }

  private init(spelled: String, email: Result<Email, InvalidValue>) {
    self.spelled = spelled
    self.email = email
  }

  init(_ json: JSONValue) throws(InvalidValue) {
    // Text that could never have been an email is refused at once.
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
