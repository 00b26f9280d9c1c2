;;; editors.el --- Emacs's own JSON-RPC client, told what to do  -*- lexical-binding: t -*-

;; Loaded after what `roster config emacs' has printed.  `editors-play' does what steps.json in the
;; present folder says and writes what came of it into outcomes.json; editors.py explains both.

;;; Code:

(require 'cl-lib)

(defvar editors-told nil
  "Notifications that came, the latest first.")

(defun editors-play ()
  "Do all steps and write their outcomes."
  (let* ((steps (editors-read "steps.json"))
         (roster (roster-connect #'editors-note))
         (outcomes (cl-loop for step across steps collect (editors-do roster step))))
    (editors-write (vconcat outcomes) "outcomes.json")))

(defun editors-note (_roster method params)
  "Keep a notification with its METHOD and PARAMS."
  (push (list :method (symbol-name method) :params params) editors-told))

(defun editors-do (roster step)
  "Do STEP with the connection ROSTER; returns its outcome."
  (let ((method (plist-get step :method))
        (params (plist-get step :params)))
    (pcase (plist-get step :do)
      ("request" (editors-request roster (intern method) params))
      ("notify" (jsonrpc-notify roster (intern method) params) nil)
      ("await" (editors-await (lambda () (>= (length editors-told) (plist-get step :count))))
       (list :told (vconcat (reverse editors-told))))
      ("run" (let ((words (append (plist-get step :words) nil)))
               (list :status (apply #'call-process (car words) nil nil nil (cdr words)))))
      ("crowd" (editors-crowd (plist-get step :connections) (plist-get step :requests)
                              (intern method) params))
      ("end" (let ((process (jsonrpc--process roster)))
               (editors-await (lambda () (not (process-live-p process))))
               (list :status (process-exit-status process)))))))

(defun editors-request (roster method params)
  "What ROSTER answers to METHOD with PARAMS."
  (condition-case refusal
      (list :result (jsonrpc-request roster method params))
    (jsonrpc-error
     (let-alist (cdr refusal)
       (list :error (list :code .jsonrpc-error-code :message .jsonrpc-error-message
                          :data .jsonrpc-error-data))))))

(defun editors-crowd (connections requests method params)
  "Ask as many new CONNECTIONS so many REQUESTS each, all at once.
The outcome has the results of METHOD with PARAMS."
  (let ((all (cl-loop repeat connections collect (roster-connect)))
        (results nil))
    (dotimes (_ requests)
      (dolist (roster all)
        (jsonrpc-async-request
         roster method params :success-fn (lambda (result) (push result results)))))
    (editors-await (lambda () (= (length results) (* connections requests))))
    (list :results (vconcat results))))

(defun editors-await (condition)
  "Wait until CONDITION holds, or for so long that it never will."
  (with-timeout (60 (error "Nothing came"))
    (while (not (funcall condition))
      (accept-process-output nil 0.05))))

;; The locale may be one that knows only ASCII.

(defun editors-read (path)
  "The JSON in the file PATH."
  (with-temp-buffer
    (let ((coding-system-for-read 'utf-8-unix))
      (insert-file-contents path))
    (json-parse-buffer :object-type 'plist :null-object nil :false-object :json-false)))

(defun editors-write (value path)
  "Write VALUE as JSON to the file PATH."
  (let ((coding-system-for-write 'utf-8-unix))
    (write-region (json-serialize value :null-object nil :false-object :json-false) nil path)))

;; What the README and the page on hosts show.

(defun editors-compare (path count-min)
  "Evaluate the forms in the file PATH, whose values follow arrows.
Fail if it shows fewer values than COUNT-MIN."
  (let ((compared 0))
    (with-temp-buffer
      (let ((coding-system-for-read 'utf-8-unix))
        (insert-file-contents path))
      (emacs-lisp-mode)
      (while (not (eobp))
        (let ((value (eval (read (current-buffer)) t)))
          (when (looking-at "[ \n]*; ⇒ \\(.*\\)$")
            (setq compared (1+ compared))
            (unless (equal (format "%S" value) (match-string 1))
              (error "The value is %S, not %s" value (match-string 1)))))
        (forward-comment (buffer-size))))
    (unless (>= compared count-min)
      (error "Only %d values are shown" compared))))

;;; editors.el ends here
