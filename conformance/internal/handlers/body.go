package handlers

import (
	"io"
	"net/http"
	"strconv"
)

// ContentType returns the Content-Type of the response of POST /echo. requested is the
// Content-Type of the request, or "".
func ContentType(requested string) string {
	if requested == "" {
		return "application/octet-stream"
	}
	return requested
}

// EchoBody answers with the request's body in the form in which it arrived: with a
// Content-Length if the request has one, else chunked.
func EchoBody(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", ContentType(r.Header.Get("Content-Type")))
	if r.ContentLength >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if r.ContentLength < 0 {
		// Sending the header before the length of the body is known makes the response
		// chunked.
		w.WriteHeader(http.StatusOK)
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
	}
	_, err = w.Write(body)
	return err
}
