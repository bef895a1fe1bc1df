package matrix

import (
	"encoding/json"
	"io"

	"github.com/samespan/samespan/conformance"
)

// JSON writes the reports as they are: a list, with what was sent and what
// arrived.
func JSON(w io.Writer, reports []conformance.Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if reports == nil {
		reports = []conformance.Report{}
	}
	return encoder.Encode(reports)
}
