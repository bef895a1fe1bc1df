package handlers

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"time"
)

// The bodies of GET /write/{kind}.
const (
	Created  = "created"
	Partial  = "partial"
	Implicit = "ok"
)

// UnknownKind returns the error for an unknown kind of response.
func UnknownKind(kind string) error {
	return fmt.Errorf("reference: unknown kind of response %q, want twice, partial, implicit, nothing, custom, flushed, hijacked or aborted", kind)
}

// WritePartial sends the beginning of a response.
func WritePartial(w http.ResponseWriter) error {
	if _, err := io.WriteString(w, Partial); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}

// Late is the body of GET /write/flushed.
const Late = "late"

// WriteFlushed flushes the header before anything is written, which sends the status 200,
// and then writes a status and a body. The later status is not sent.
func WriteFlushed(w http.ResponseWriter) error {
	if err := http.NewResponseController(w).Flush(); err != nil {
		return err
	}
	w.WriteHeader(http.StatusInternalServerError)
	_, err := io.WriteString(w, Late)
	return err
}

// WriteHijacked hijacks the connection, switches protocols and closes it.
func WriteHijacked(w http.ResponseWriter) error {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return err
	}
	_, err = io.WriteString(conn, switchingProtocols)
	return errors.Join(err, conn.Close())
}

// Abort aborts a response after its beginning, as net/http's reverse proxy
// does.
func Abort(w http.ResponseWriter) {
	_ = WritePartial(w)
	panic(http.ErrAbortHandler)
}

// UploadMemory is how many bytes of an uploaded form are kept in memory. It is so small
// that the files are stored on disk.
const UploadMemory = 1

// Uploaded is the answer of POST /upload.
type Uploaded struct {
	// Files are the temporary files on disk.
	Files []string `json:"files"`
	// Bytes is the size of all files together.
	Bytes int64 `json:"bytes"`
}

// ReadUpload reads the files of an uploaded form.
func ReadUpload(form *multipart.Form) (Uploaded, error) {
	answer := Uploaded{Files: []string{}}
	for _, headers := range form.File {
		for _, header := range headers {
			answer.Bytes += header.Size
			file, err := header.Open()
			if err != nil {
				return answer, fmt.Errorf("reference: read the uploaded file: %w", err)
			}
			if onDisk, ok := file.(*os.File); ok {
				answer.Files = append(answer.Files, onDisk.Name())
			}
			if err := file.Close(); err != nil {
				return answer, fmt.Errorf("reference: read the uploaded file: %w", err)
			}
		}
	}
	return answer, nil
}

// Offered is the response of GET /writer: the optional interfaces of a response
// writer.
type Offered struct {
	Flusher      bool `json:"flusher"`
	Hijacker     bool `json:"hijacker"`
	ReaderFrom   bool `json:"reader_from"`
	Pusher       bool `json:"pusher"`
	FlushError   bool `json:"flush_error"`
	Deadlines    bool `json:"deadlines"`
	StringWriter bool `json:"string_writer"`
}

// OfferedBy finds the optional interfaces of w as handlers do: by type assertions, or
// through http.ResponseController.
func OfferedBy(w http.ResponseWriter) Offered {
	var o Offered
	_, o.Flusher = w.(http.Flusher)
	_, o.Hijacker = w.(http.Hijacker)
	_, o.ReaderFrom = w.(io.ReaderFrom)
	_, o.Pusher = w.(http.Pusher)
	_, o.StringWriter = w.(io.StringWriter)
	o.FlushError = supportsControl[interface{ FlushError() error }](w)
	o.Deadlines = supportsControl[interface {
		SetReadDeadline(time.Time) error
		SetWriteDeadline(time.Time) error
	}](w)
	return o
}

// supportsControl reports whether http.ResponseController would find a writer that
// implements the interface T: w itself or a writer that w wraps.
func supportsControl[T any](w http.ResponseWriter) bool {
	for {
		if _, ok := w.(T); ok {
			return true
		}
		outer, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return false
		}
		w = outer.Unwrap()
	}
}
