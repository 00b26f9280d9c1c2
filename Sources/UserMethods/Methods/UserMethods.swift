public import Contract
public import Users

/// The catalogue of `users.*`, in the order in which the documents list it.
public enum UserMethods {
  /// The methods' descriptions, which don't depend on the kind of store.
  public static var descriptions: [MethodDescription] {
    [
      List.declaration.description,
      Count.declaration.description,
      Get.declaration.description,
      GetCurrent.declaration.description,
      Create.declaration.description,
      Update.declaration.description,
      Delete.declaration.description,
      Restore.declaration.description,
      Invite.declaration.description,
      AcceptInvitation.declaration.description,
      Authenticate.declaration.description,
      SignOut.declaration.description,
      ChangePassword.declaration.description,
      ResetPassword.declaration.description,
      CompletePasswordReset.declaration.description,
      CreateToken.declaration.description,
      ListTokens.declaration.description,
      RevokeToken.declaration.description,
      Events.declaration.description,
      Subscribe.declaration.description,
      Unsubscribe.declaration.description,
      Bulk.declaration.description,
    ]
  }

  /// The methods, in the same order.
  public static func methods<Store: UserStore>(
    on store: Store.Type = Store.self
  ) -> [Method<StoreAccessControl<Store>>] {
    let single: [Method<StoreAccessControl<Store>>] = [
      List.method(),
      Count.method(),
      Get.method(),
      GetCurrent.method(),
      Create.method(),
      Update.method(),
      Delete.method(),
      Restore.method(),
      Invite.method(),
      AcceptInvitation.method(),
      Authenticate.method(),
      SignOut.method(),
      ChangePassword.method(),
      ResetPassword.method(),
      CompletePasswordReset.method(),
      CreateToken.method(),
      ListTokens.method(),
      RevokeToken.method(),
      Events.method(),
      Subscribe.method(),
      Unsubscribe.method(),
    ]
    return single + [Bulk.method(of: single)]
  }
}
