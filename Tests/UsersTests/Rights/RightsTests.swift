import Testing
import UserMethods
import Users

/// Sequences of harmless calls that once raised a caller's rights, one story each, and must no
/// longer do so. The harmless calls in them still succeed.
@Suite struct RightsTests {
  @Test("No sequence of calls raises a caller's rights", arguments: stories, StoreKind.allCases)
  func story(story: Story, kind: StoreKind) throws {
    try kind.withStores { try story.play(on: $0.next()) }
  }

  private static let stories =
    ways + taking + leaving + askers + restoring + ownAccount + identities + keys
    + policies

  // MARK: Access to accounts

  private static let ways = [
    Story(
      "Under --org with mail, an admin of the organization can't get another email",
      """
      * owner(org=acme;mail) users.update user_id=admin@good.com email=evil@evil.com email_verified=true -> 403 users.read
      owner(org=acme;mail) users.update user_id=admin@good.com job_title=Chief -> done
      owner(org=acme;mail) users.update user_id=mia@good.com email=mia2@good.com -> done
      * owner(org=acme;mail) users.reset_password user_id=admin@good.com -> 403 users.read
      owner(org=acme;mail) users.reset_password user_id=ann@good.com -> done
      """),
    Story(
      "An agent without users.grant gets no credential of an account with it",
      """
      owner users.create email=new@good.com name=New roles=["admin"] invite_mode=email_link -> done
      * admin(deny=users.grant,users.reset_password,users.tokens;mail) users.update user_id=new@good.com email=evil@evil.com -> 403 users.reset_password
      admin(deny=users.grant,users.reset_password,users.tokens;mail) tool users.invite user_id=new@good.com -> 403 users.reset_password
      admin(deny=users.grant,users.reset_password,users.tokens;mail) users.update user_id=new@good.com job_title=Chief -> done
      """),
    Story(
      "A token with update and reset does not reach the other rights of its account",
      """
      admin users.create_token name=t scopes=["users.update","users.reset_password"] -> done T
      * token:T users.update user_id=admin@good.com email=evil@evil.com -> 403 users.read
      * token:T users.reset_password user_id=admin@good.com -> 403 users.read
      token:T(mail) users.reset_password user_id=admin@good.com -> 403 users.read
      token:T users.update user_id=admin@good.com job_title=Chief -> done
      """),
    Story(
      "A token with update can't link an OAuth identity to an account with more rights",
      """
      owner users.create_token name=t scopes=["users.update"] -> done T
      * token:T users.update user_id=owner@good.com oauth_provider=evil oauth_id=x1 -> 403 users.read
      * token:T users.update user_id=boss@good.com oauth_provider=evil oauth_id=x1 -> 403 users.read
      * token:T users.update user_id=mia@good.com oauth_provider=evil oauth_id=x1 -> 403 users.read
      token:T users.update user_id=owner@good.com job_title=Chief -> done
      """),
    Story(
      "A new account gets no credential that its creator could not issue",
      """
      owner users.create_token name=t scopes=["users.create"] -> done T
      token:T users.create name=A email=a@evil.com org_id=beta -> done
      * token:T users.create name=B email=b@evil.com org_id=beta oauth_provider=evil oauth_id=x1 -> 403 users.read
      * token:T users.create name=B email=b@evil.com org_id=beta email_verified=true -> 403 users.read
      * token:T users.create name=B email=b@evil.com org_id=beta invite_mode=email_link -> 403 users.invite
      """),
    Story(
      "An option of a tool gives agents nothing that --tools excludes",
      """
      owner(tools=users_create;mail) tool users.create name=A email=a@good.com org_id=acme -> done
      owner(tools=users_create;mail) tool users.create name=B email=b@good.com org_id=acme invite_mode=email_link -> 403 users.invite
      owner(tools=users_create;mail) tool users.create name=B email=b@good.com org_id=acme invite_mode=temporary_password -> 403 users.invite
      owner(tools=users_create,users_invite;mail) tool users.create name=B email=b@good.com org_id=acme invite_mode=email_link -> done
      owner(tools=users_create;mail) tool users.create name=A email=mia@good.com if_exists=update -> 403 users.update
      owner(tools=users_create;mail) tool users.create name=A email=mia@good.com if_exists=return -> 403 users.read
      """),
    Story(
      "Creating an internal account takes every capability with the scope all",
      """
      * owner(deny=users.events) users.create name=I email=i@good.com org_id=acme is_internal=true -> 403 users.events
      * admin(org=acme) users.create name=I email=i@good.com is_internal=true -> 403 users.read
      * helpdesk users.create name=I email=i@good.com is_internal=true -> 403 users.read
      admin users.create name=I email=i@good.com org_id=acme is_internal=true -> done
      """),
  ]

  // MARK: Taking rights away

  private static let taking = [
    Story(
      "A caller who may not delete an admin can't remove its roles or tokens either",
      """
      admin users.create_token name=t -> done T
      * keeper users.update user_id=admin@good.com is_blocked=true -> 403 users.read
      * keeper users.update user_id=admin@good.com is_active=false -> 403 users.read
      * keeper users.update user_id=admin@good.com roles=["member"] -> 403 users.read
      * keeper users.update user_id=admin@good.com roles=[] -> 403 users.read
      * keeper users.update user_id=admin@good.com is_superuser=false -> 403 users.read
      * keeper users.revoke_token token_id={T.id} -> 403 users.read
      * helpdesk users.delete user_id=admin@good.com mode=soft -> 403 users.read
      * helpdesk users.revoke_token token_id={T.id} -> 403 users.read
      keeper users.update user_id=admin@good.com job_title=Chief -> done
      keeper users.update user_id=mia@good.com roles=["annotator"] -> done
      keeper users.update user_id=mia@good.com is_blocked=true -> done
      token:T users.get_current -> done
      """),
    Story(
      "Blocking and disabling need separate rights",
      """
      owner users.update user_id=admin@good.com is_blocked=true -> done
      * helpdesk users.update user_id=admin@good.com is_active=false -> 403 users.read
      * helpdesk users.update user_id=admin@good.com is_active=false is_blocked=false -> 403 users.read
      owner users.update user_id=admin@good.com is_active=false -> done
      * helpdesk users.update user_id=admin@good.com is_active=true -> 403 users.read
      * helpdesk users.update user_id=admin@good.com email_verified=false -> 403 users.read
      owner users.update user_id=mia@good.com is_blocked=true -> done
      owner users.reset_password user_id=mia@good.com -> 412 account_disabled
      owner users.update user_id=mia@good.com is_active=false -> done
      owner users.update user_id=mia@good.com is_blocked=false -> done
      owner users.reset_password user_id=mia@good.com -> 412 account_disabled
      owner users.update user_id=mia@good.com is_active=true -> done
      owner users.reset_password user_id=mia@good.com -> done P
      owner users.update user_id=mia@good.com is_active=false -> done
      owner users.update user_id=mia@good.com is_active=true -> done
      anyone users.complete_password_reset token={P} new_password=another-horse -> 404 unknown_token
      """),
    Story(
      "Unblocking an account takes the rights that the account gets back",
      """
      owner users.update user_id=admin@good.com is_blocked=true -> done
      * helpdesk users.update user_id=admin@good.com is_blocked=false -> 403 users.read
      owner users.update user_id=mia@good.com is_blocked=true -> done
      helpdesk users.update user_id=mia@good.com is_blocked=false -> done
      """),
  ]

  // MARK: Sessions and deleted accounts

  private static let leaving = [
    Story(
      "A session can be ended by its account, and by callers with all its rights",
      """
      anyone users.authenticate email=mia@good.com password=PASSWORD -> done S
      anyone users.authenticate email=mia@good.com password=PASSWORD -> done R
      anyone users.authenticate email=owner@good.com password=PASSWORD -> done O
      ?helpdesk users.list_tokens user_id=mia@good.com is "kind":"session"
      mia users.sign_out -> 412 no_session
      token:S(deny=users.read,users.tokens) users.sign_out dry_run=true -> done
      token:S(deny=users.read,users.tokens) users.sign_out -> done
      token:S users.get_current -> 401 unknown_token
      token:R users.get_current -> done
      token:O(org=acme) users.sign_out -> done
      token:O users.get_current -> 401 unknown_token
      """),
    Story(
      "Erasing a deleted account takes users.purge over it",
      """
      owner users.get user_id=mia@good.com -> done M
      owner users.delete user_id=mia@good.com mode=soft -> done
      owner users.create email=mia@good.com name=New org_id=acme -> done
      helpdesk users.delete user_id={M.id} -> 403 users.purge
      helpdesk users.delete user_id={M.id} mode=soft -> 404
      boss(org=beta) users.delete user_id={M.id} -> 404
      boss(org=acme) users.delete user_id={M.id} dry_run=true -> done
      boss tool users.delete user_id={M.id} mode=permanent -> 412 confirmation_needed
      boss users.delete user_id={M.id} -> done
      owner users.restore user_id={M.id} -> 404
      """),
    Story(
      "A restore with another email takes all rights of the account",
      """
      policy {"roles":{"undoer":{"grants":[{"capability":"users.delete","scope":"organization"}]},"editor":{"grants":[{"capability":"users.update","scope":"organization"}]}}}
      owner users.update user_id=ann@good.com roles=["undoer","editor"] -> done
      owner users.get user_id=mia@good.com -> done M
      owner users.delete user_id=mia@good.com mode=soft -> done
      * ann users.restore user_id={M.id} email=evil@bad.com -> 403 users.read
      owner users.update user_id=ann@good.com roles=["undoer","member"] -> done
      * ann users.restore user_id={M.id} email=evil@bad.com -> 403 users.update
      * owner(deny=users.update) users.restore user_id={M.id} email=evil@bad.com -> 403 users.update
      boss users.restore user_id={M.id} email=mia2@good.com -> done
      ? users.get user_id={M.id} is "email_verified":false
      """),
  ]

  // MARK: Askers of secrets

  private static let askers = [
    Story(
      "A secret that a helpdesk requested ends when its account is promoted",
      """
      helpdesk users.create_token user_id=mia@good.com name=t expires_in_days=365 -> done T
      helpdesk users.create_token user_id=mia@good.com name=r scopes=["users.read"] -> done R
      helpdesk users.reset_password user_id=mia@good.com -> done P
      helpdesk users.create name=N email=n@good.com invite_mode=email_link -> done I
      helpdesk users.create name=O email=o@good.com invite_mode=temporary_password -> done O
      mia users.create_token name=own -> done M
      owner users.update user_id=mia@good.com roles=["admin"] dry_run=true -> done
      token:T users.get_current -> done
      owner users.update user_id=mia@good.com roles=["admin"] -> done
      owner users.update user_id=n@good.com roles=["admin"] -> done
      owner users.update user_id=o@good.com roles=["admin"] -> done
      token:T users.get_current -> 401 unknown_token
      token:R users.get_current -> 401 unknown_token
      token:M users.get_current -> done
      anyone users.complete_password_reset token={P} new_password=another-horse -> 404 unknown_token
      anyone users.accept_invitation token={I} password=another-horse -> 404 unknown_token
      anyone users.change_password email=o@good.com current_password={O} new_password=another-horse -> 401 invalid_credentials
      """),
    Story(
      "The result counts the secrets that ended",
      """
      helpdesk users.create_token user_id=mia@good.com name=t -> done T
      helpdesk users.reset_password user_id=mia@good.com -> done P
      helpdesk users.create_token user_id=ann@good.com name=t -> done A
      ? users.update user_id=mia@good.com roles=["admin"] dry_run=true is "access_ended":2
      ? users.update user_id=mia@good.com roles=["admin"] is "access_ended":2
      ? users.create email=ann@good.com name=Ann if_exists=update org_id=beta is "access_ended":1
      ?! users.update user_id=ben@good.com roles=["admin"] is access_ended
      ? users.events types=["token_revoked"] is "token_id"
      """),
    Story(
      "A move to another organization is a gain of rights; a narrow token outlasts it",
      """
      helpdesk users.create_token user_id=mia@good.com name=t -> done T
      keeper users.create_token user_id=mia@good.com name=e scopes=["users.events"] -> done E
      owner users.update user_id=mia@good.com org_id=beta -> done
      token:T users.count -> 401 unknown_token
      token:E users.count -> 403 users.read
      """),
    Story(
      "A token that was created with a token depends on the asker of that token",
      """
      helpdesk users.create_token user_id=mia@good.com name=t -> done T
      token:T users.create_token name=u -> done U
      token:U users.create_token name=v scopes=["users.read","users.tokens"] -> done V
      owner users.update user_id=mia@good.com roles=["admin"] -> done
      token:U users.count -> 401 unknown_token
      token:V users.count -> 401 unknown_token
      """),
    Story(
      "The limits of an asker's own token count",
      """
      admin(deny=users.purge) users.create_token user_id=mia@good.com name=d -> done D
      admin(org=acme) users.create_token user_id=mia@good.com name=o -> done O
      admin users.create_token user_id=mia@good.com name=t -> done T
      mia(allow=users.read,users.tokens) users.create_token name=m -> done M
      owner users.update user_id=mia@good.com roles=["admin"] -> done
      token:D users.count -> 401 unknown_token
      token:O users.count -> 401 unknown_token
      token:M users.count -> 401 unknown_token
      token:T users.count -> done
      """),
    Story(
      "A secret that an admin requested ends when its account becomes an owner",
      """
      admin users.create_token user_id=boss@good.com name=t scopes=["users.read"] -> done T
      boss users.create_token name=b -> done B
      owner users.update user_id=boss@good.com roles=["owner"] -> done
      token:T users.count -> 401 unknown_token
      token:B users.count -> done
      """),
    Story(
      "A policy that gives an account more rights ends secrets that others requested",
      """
      helpdesk users.create_token user_id=label@good.com name=t -> done T
      policy {"roles":{"helpdesk":{"grants":[]},"billing":{"grants":[{"capability":"users.read","scope":"all"}]}}}
      token:T users.count -> 401 unknown_token
      label users.count -> done
      ? users.events types=["policy_changed"] is "user_id":null
      ? users.events types=["policy_changed"] is "accounts_changed":{"before":null,"after":5}
      ?! users.events user_id=nobody@good.com is policy_changed
      ?! users.events user_id=00000000-0000-7000-8000-000000000000 is policy_changed
      """),
    Story(
      "Capabilities with the scope self give no power over others",
      """
      helpdesk users.create_token user_id=ann@good.com name=t -> done T
      owner users.update user_id=ann@good.com is_developer=true -> done
      token:T users.count -> done
      """),
  ]

  // MARK: Restoring

  private static let restoring = [
    Story(
      "A restore gives back labels, and at most the rights of a member",
      """
      owner users.delete user_id=ann@good.com mode=soft -> done
      owner users.delete user_id=label@good.com mode=soft -> done
      owner users.delete user_id=admin@good.com mode=soft -> done
      owner users.delete user_id=helpdesk@good.com mode=soft -> done
      owner users.delete user_id=keeper@good.com mode=soft -> done
      owner users.delete user_id=selfie@good.com mode=soft -> done
      ? users.restore user_id=ann@good.com is "roles":["annotator"]
      ? users.restore user_id=label@good.com is "roles":["billing"]
      ? users.restore user_id=admin@good.com is "roles":["member"]
      ? users.restore user_id=helpdesk@good.com is "roles":["member"]
      ? users.restore user_id=selfie@good.com is "roles":["member"]
      ? users.restore user_id=keeper@good.com is "roles":["member"]
      """),
    Story(
      "A restore does not turn a weaker custom role into the role member",
      """
      policy {"roles":{"reader":{"grants":[{"capability":"users.read","scope":"organization"}]},"tokens":{"grants":[{"capability":"users.read","scope":"self"},{"capability":"users.tokens","scope":"all"}]}}}
      owner users.update user_id=mia@good.com roles=["reader","tokens"] -> done
      owner users.delete user_id=mia@good.com mode=soft -> done
      ? users.restore user_id=mia@good.com is "roles":[]
      """),
    Story(
      "No later policy restores a role that granted rights at the deletion",
      """
      owner users.update user_id=mia@good.com roles=["helpdesk","billing"] -> done
      owner users.delete user_id=mia@good.com mode=soft -> done
      policy none
      ? users.restore user_id=mia@good.com is "roles":["billing","member"]
      owner users.delete user_id=label@good.com mode=soft -> done
      policy {"roles":{"billing":{"grants":[{"capability":"users.read","scope":"all"},{"capability":"users.tokens","scope":"all"}]}}}
      ? users.restore user_id=label@good.com is "roles":[]
      """),
    Story(
      "An account without roles needs an organization too",
      """
      owner users.delete user_id=all@good.com mode=soft -> done
      owner users.restore user_id=all@good.com -> -32602
      owner users.restore user_id=all@good.com org_id=acme -> done
      """),
    Story(
      "A restore takes the rights that the account gets back",
      """
      policy {"roles":{"helpdesk":{"grants":[{"capability":"users.delete","scope":"organization"}]}}}
      owner users.delete user_id=mia@good.com mode=soft -> done
      owner users.delete user_id=label@good.com mode=soft -> done
      * helpdesk users.restore user_id=mia@good.com -> 403 users.read
      helpdesk users.restore user_id=label@good.com -> done
      policy first
      helpdesk users.restore user_id=mia@good.com -> done
      """),
    Story(
      "A restore needs an organization if the result needs one",
      """
      owner users.delete user_id=boss@good.com mode=soft -> done
      owner users.restore user_id=boss@good.com -> -32602
      owner users.restore user_id=boss@good.com org_id=beta -> done
      ? users.get user_id=boss@good.com is "organization_id":"beta","roles":["member"]
      owner users.delete user_id=mia@good.com mode=soft -> done
      * helpdesk users.restore user_id=mia@good.com org_id=beta -> 403 organization
      """),
  ]

  // MARK: The own account

  private static let ownAccount = [
    Story(
      "With the scope self, only the profile can be changed",
      """
      * selfie users.update user_id=selfie@good.com email_verified=false -> 403 users.update
      * selfie users.update user_id=selfie@good.com oauth_provider=x oauth_id=x1 -> 403 users.update
      * selfie users.update user_id=selfie@good.com auto_groups=["ops"] -> 403 users.update
      * selfie users.update user_id=selfie@good.com is_developer=false -> 403 users.update
      * selfie users.update user_id=selfie@good.com org_id=beta -> 403 users.update
      * selfie users.update user_id=selfie@good.com email=new@good.com email_verified=true -> 403 users.update
      selfie users.update user_id=mia@good.com name=X -> 404
      selfie users.update user_id=selfie@good.com name=S username=s avatar_url=https://a.b/c company=C job_title=J has_completed_onboarding=true -> done
      selfie users.update user_id=selfie@good.com is_developer=true name=T -> done
      selfie users.update user_id=selfie@good.com email=new@good.com -> done
      ? users.get user_id=new@good.com is "email_verified":false
      * selfie users.update user_id=new@good.com email_verified=true -> 403 users.update
      """),
    Story(
      "A caller with fewer rights than the account can't change its email",
      """
      * selfie(allow=users.update) users.update user_id=selfie@good.com email=new@good.com -> 403 users.read
      selfie(allow=users.update) users.update user_id=selfie@good.com name=S -> done
      """),
  ]

  // MARK: Identities

  private static let identities = [
    Story(
      "A new OAuth link ends all credentials, and unlinking restores none",
      """
      mia users.create_token name=t -> done T
      anyone users.authenticate email=mia@good.com password=PASSWORD -> done S
      owner users.update user_id=mia@good.com oauth_provider=google oauth_id=x7 -> done
      token:T users.count -> 401 unknown_token
      token:S users.count -> 401 unknown_token
      owner users.update user_id=mia@good.com oauth_provider=null oauth_id=null -> done
      anyone users.authenticate email=mia@good.com password=PASSWORD -> 401 invalid_credentials
      """),
    Story(
      "A change of the email by another account ends all credentials",
      """
      mia users.create_token name=t -> done T
      anyone users.authenticate email=mia@good.com password=PASSWORD -> done S
      owner users.reset_password user_id=mia@good.com -> done P
      owner users.update user_id=mia@good.com email=mia2@good.com email_verified=true -> done
      token:T users.count -> 401 unknown_token
      token:S users.count -> 401 unknown_token
      anyone users.complete_password_reset token={P} new_password=another-horse -> 404 unknown_token
      anyone users.authenticate email=mia2@good.com password=PASSWORD -> 401 invalid_credentials
      selfie users.create_token name=t -> done U
      owner users.reset_password user_id=selfie@good.com -> done Q
      selfie users.update user_id=selfie@good.com email=s2@good.com -> done
      token:U users.count -> done
      anyone users.authenticate email=s2@good.com password=PASSWORD -> done
      anyone users.complete_password_reset token={Q} new_password=another-horse -> 404 unknown_token
      """),
    Story(
      "Blocking ends sessions and resets permanently",
      """
      mia users.create_token name=t -> done T
      anyone users.authenticate email=mia@good.com password=PASSWORD -> done S
      owner users.reset_password user_id=mia@good.com -> done P
      owner users.update user_id=mia@good.com is_blocked=true -> done
      owner users.update user_id=mia@good.com is_blocked=false -> done
      token:S users.count -> 401 unknown_token
      anyone users.complete_password_reset token={P} new_password=another-horse -> 404 unknown_token
      token:T users.count -> done
      owner users.reset_password user_id=mia@good.com -> done P
      owner users.update user_id=mia@good.com is_active=false -> done
      owner users.update user_id=mia@good.com is_active=true -> done
      anyone users.complete_password_reset token={P} new_password=another-horse -> 404 unknown_token
      owner users.reset_password user_id=mia@good.com -> done P
      owner users.update user_id=mia@good.com email_verified=false -> done
      anyone users.complete_password_reset token={P} new_password=another-horse -> 404 unknown_token
      """),
    Story(
      "The feed of an organization names no account from outside",
      """
      owner users.update user_id=mia@good.com company=X -> done
      helpdesk users.update user_id=mia@good.com company=Y -> done
      policy {"roles":{"helpdesk":{"grants":[{"capability":"users.events","scope":"organization"}]},"selfie":{"grants":[{"capability":"users.events","scope":"self"}]}}}
      owner users.update user_id=selfie@good.com company=X -> done
      ?helpdesk users.events user_id=mia@good.com is "actor_id":null
      ?helpdesk users.events user_id=mia@good.com is "actor_id":"018bcfe5-6804-
      ?!helpdesk users.events is "actor_id":"018bcfe5-6801-
      ?owner(org=acme) users.events is "actor_id":"018bcfe5-6804-
      ?!owner(org=acme) users.events is "actor_id":"018bcfe5-6801-
      ?!selfie users.events is "actor_id":"018bcfe5-6801-
      ? users.events is "actor_id":"018bcfe5-6801-
      """),
  ]

  // MARK: Idempotency keys

  private static let keys = [
    Story(
      "An idempotency key does not replace the password, and wrong ones count",
      """
      anyone users.change_password email=mia@good.com current_password=PASSWORD new_password=a-new-horse idempotency_key=k -> done
      anyone users.change_password email=mia@good.com current_password=PASSWORD new_password=a-new-horse idempotency_key=k -> done
      anyone users.change_password email=mia@good.com current_password=PASSWORD new_password=a-new-horse idempotency_key=k expected_version=1 -> 409 idempotency_key_reused
      anyone users.change_password email=mia@good.com current_password=PASSWORD new_password=another-horse idempotency_key=k -> 409 idempotency_key_reused
      anyone users.change_password email=mia@good.com current_password=wrong-horse new_password=a-new-horse idempotency_key=k -> 409 idempotency_key_reused
      anyone users.change_password email=mia@good.com current_password=wrong-horse2 new_password=a-new-horse idempotency_key=k -> 409 idempotency_key_reused
      anyone users.change_password email=mia@good.com current_password=wrong-horse3 new_password=a-new-horse idempotency_key=k -> 409 idempotency_key_reused
      anyone users.change_password email=mia@good.com current_password=wrong-horse4 new_password=a-new-horse idempotency_key=k -> 409 idempotency_key_reused
      anyone users.change_password email=mia@good.com current_password=wrong-horse5 new_password=a-new-horse idempotency_key=k -> 429 sign_in
      anyone users.authenticate email=mia@good.com password=a-new-horse -> 429 sign_in
      """),
    Story(
      "The answer of an accepted invitation is repeated only for its password",
      """
      owner users.create name=N email=n@good.com org_id=acme invite_mode=email_link -> done I
      anyone users.accept_invitation token={I} password=first-horse idempotency_key=k -> done
      anyone users.accept_invitation token={I} password=first-horse idempotency_key=k -> done
      anyone users.accept_invitation token={I} password=other-horse idempotency_key=k -> 409 idempotency_key_reused
      anyone users.accept_invitation token={I} password=first-horse name=M idempotency_key=k -> 409 idempotency_key_reused
      anyone users.accept_invitation token={I} password=first-horse expected_version=1 idempotency_key=k -> 409 idempotency_key_reused
      owner users.reset_password user_id=n@good.com -> done P
      anyone users.complete_password_reset token={P} new_password=third-horse idempotency_key=k -> done
      anyone users.complete_password_reset token={P} new_password=third-horse idempotency_key=k -> done
      anyone users.complete_password_reset token={P} new_password=first-horse idempotency_key=k -> 409 idempotency_key_reused
      """),
    Story(
      "Guesses at an idempotency key count after the account was deleted",
      """
      anyone users.change_password email=mia@good.com current_password=PASSWORD new_password=a-new-horse idempotency_key=k -> done
      owner users.delete user_id=mia@good.com -> done
      anyone users.change_password email=mia@good.com current_password=wrong-horse1 new_password=a-new-horse idempotency_key=k -> 409 idempotency_key_reused
      anyone users.change_password email=mia@good.com current_password=wrong-horse2 new_password=a-new-horse idempotency_key=k -> 409 idempotency_key_reused
      anyone users.change_password email=mia@good.com current_password=wrong-horse3 new_password=a-new-horse idempotency_key=k -> 409 idempotency_key_reused
      anyone users.change_password email=mia@good.com current_password=wrong-horse4 new_password=a-new-horse idempotency_key=k -> 409 idempotency_key_reused
      anyone users.change_password email=mia@good.com current_password=wrong-horse5 new_password=a-new-horse idempotency_key=k -> 409 idempotency_key_reused
      anyone users.change_password email=mia@good.com current_password=wrong-horse6 new_password=a-new-horse idempotency_key=k -> 429 sign_in
      """),
    Story(
      "expected_version is part of an idempotent call",
      """
      owner users.update user_id=mia@good.com company=X idempotency_key=k expected_version=1 -> done
      owner users.update user_id=mia@good.com company=X idempotency_key=k expected_version=1 -> done
      owner users.update user_id=mia@good.com company=X idempotency_key=k expected_version=2 -> 409 idempotency_key_reused
      owner users.update user_id=mia@good.com company=X idempotency_key=k -> 409 idempotency_key_reused
      """),
  ]

  // MARK: Policies

  private static let policies = [
    Story(
      "A role that was removed from the policy grants nothing, and blocks no change",
      """
      all users.count -> done
      policy none
      all users.count -> 403 users.read
      owner users.update user_id=all@good.com name=Al -> done
      owner users.update user_id=all@good.com is_blocked=true -> done
      owner users.update user_id=all@good.com is_blocked=false job_title=X -> done
      owner users.update user_id=all@good.com roles=["member"] -> -32602
      owner users.update user_id=all@good.com roles=["member"] org_id=acme -> done
      """),
    Story(
      "A new policy applies from the next request on",
      """
      helpdesk users.create_token user_id=all@good.com name=t -> 404
      owner users.update user_id=all@good.com org_id=acme -> done
      * helpdesk users.create_token user_id=all@good.com name=t -> 403 users.read
      policy {"roles":{"helpdesk":{"grants":[{"capability":"users.tokens","scope":"organization"}]}}}
      helpdesk users.create_token user_id=all@good.com name=t -> done T
      policy first
      token:T users.count -> 401 unknown_token
      """),
  ]
}
