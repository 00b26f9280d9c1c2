;;; roster.el --- Roster from Emacs  -*- lexical-binding: t -*-

;; Needs only Emacs 27.1 or later, which contains jsonrpc.el.  To run the demonstration:
;;
;;     ROSTER=$PWD/.build/release/roster emacs --batch -l examples/roster.el -f roster-demo
;;
;; Its exit status is not 0 if a reply is wrong.  `roster config emacs …' prints `roster-command'
;; for your own store, and `roster-connect' as below.

;;; Code:

(require 'jsonrpc)

(defvar roster-command
  (list (or (getenv "ROSTER") "roster") "serve" "--store" "memory" "--as" "you@example.com")
  "Roster and its arguments.")

(defun roster-connect (&optional on-notification)
  "Start Roster and return a connection for `jsonrpc-request'.
ON-NOTIFICATION is called with the connection, a method and its
params for each notification."
  ;; Connections of one name would share their buffers.
  (let ((name (symbol-name (gensym "roster-"))))
    (make-instance
     'jsonrpc-process-connection
     :name name
     :notification-dispatcher (or on-notification #'ignore)
     :process (make-process
               :name name :command roster-command :noquery t
               :connection-type 'pipe :coding 'utf-8-emacs-unix
               :stderr (get-buffer-create (format "*%s stderr*" name))))))

;; Params are a property list.  A JSON array is a vector, false is :json-false, and null is nil.
;;
;; If a notification arrives together with the reply to a `jsonrpc-request', Emacs 28 handles it
;; only when the next message arrives; with `jsonrpc-async-request' it does so at once.

(defun roster-demo ()
  "Create, get and list users, and be refused."
  (let ((roster (roster-connect))
        (ada '(:email "ada@acme.example" :name "Ada Lovelace" :org_id "acme")))
    (let ((user (jsonrpc-request roster :users.create ada)))
      (princ (format "created %s, version %d\n" (plist-get user :name) (plist-get user :version)))
      (cl-assert (equal (plist-get user :status) "active")))

    (let ((user (jsonrpc-request
                 roster :users.get '(:user_id "ada@acme.example" :fields ["name" "is_blocked"]))))
      (princ (format "got %S\n" user))
      (cl-assert (equal user '(:name "Ada Lovelace" :is_blocked :json-false))))
    (cl-assert (null (jsonrpc-request roster :users.get '(:user_id "nobody@acme.example"))))

    (let* ((page (jsonrpc-request roster :users.list '(:sort_by "email" :limit 10)))
           (emails (mapcar (lambda (user) (plist-get user :email)) (plist-get page :users))))
      (princ (format "listed %s\n" (mapconcat #'identity emails ", ")))
      (cl-assert (equal emails '("ada@acme.example" "you@example.com"))))

    (condition-case refusal
        (progn
          (jsonrpc-request roster :users.create ada)
          (error "Ada was created twice"))
      (jsonrpc-error
       (let-alist (cdr refusal)
         (princ (format "refused with %d: %s\n" .jsonrpc-error-code .jsonrpc-error-message))
         (cl-assert (= .jsonrpc-error-code 409))
         (cl-assert (equal (plist-get .jsonrpc-error-data :reason) "email_taken")))))

    (jsonrpc-shutdown roster)))

(provide 'roster)
;;; roster.el ends here
