package handlers

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// TruncatedSize is the Content-Length of GET /truncated/{kind}. A truncated response has
// half as many bytes. That is more than a server buffers, so the status is always sent.
const TruncatedSize = 100_000

// TruncatedType is the Content-Type of GET /truncated/{kind}.
const TruncatedType = "application/octet-stream"

// TruncatedBody returns the body of GET /truncated/{kind}. The Content-Length is always
// TruncatedSize. The body of the kind "short" ends after half of that length, and reading
// the body of the kind "failing" fails there.
func TruncatedBody(kind string) (io.Reader, error) {
	half := strings.NewReader(strings.Repeat("x", TruncatedSize/2))
	switch kind {
	case "whole":
		return strings.NewReader(strings.Repeat("x", TruncatedSize)), nil
	case "short":
		return half, nil
	case "failing":
		return io.MultiReader(half, failingReader{}), nil
	default:
		return nil, fmt.Errorf("reference: unknown kind of truncated response %q, want whole, short or failing", kind)
	}
}

// WriteTruncated sets the Content-Length to TruncatedSize and copies body to w. It returns
// the error of copying.
func WriteTruncated(w http.ResponseWriter, body io.Reader) error {
	w.Header().Set("Content-Type", TruncatedType)
	w.Header().Set("Content-Length", strconv.Itoa(TruncatedSize))
	_, err := io.Copy(w, body)
	return err
}

// failingReader is a reader whose reads fail, like those of a file on a broken disk.
type failingReader struct{}

func (failingReader) Read([]byte) (int, error) {
	return 0, errors.New("reference: GET /truncated/failing: the source of the body fails on purpose")
}
