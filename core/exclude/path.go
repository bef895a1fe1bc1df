package exclude

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// escapedSlash represents an encoded slash or backslash in a decoded path, because some
// routers treat an encoded slash as a separator and others as data. It does not end a
// segment. No rule contains this byte, which is invalid in UTF-8.
const escapedSlash = 0xff

// hasPath reports whether a request target without an authority begins with a path.
func hasPath[T string | []byte](target T) bool {
	return len(target) > 0 && byteKinds[target[0]]&pathEndByte == 0
}

// pathLength returns the length of the path at the beginning of a request target.
func pathLength[T string | []byte](target T) int {
	for i := range len(target) {
		if byteKinds[target[i]]&pathEndByte != 0 {
			return i
		}
	}
	return len(target)
}

// kindsOf returns the kinds of all bytes of a path.
func kindsOf[T string | []byte](path T) (kinds byteKind) {
	for i := range len(path) {
		kinds |= byteKinds[path[i]]
	}
	return kinds
}

// byteKind is a set of flags for bytes that need an additional step, such as decoding. A
// path without such bytes is compared as it is.
type byteKind uint8

const (
	// percentByte is a percent sign, which may begin an escape.
	percentByte byteKind = 1 << iota
	// dotByte is a dot, which may belong to a segment "." or "..".
	dotByte
	// foldableByte is an upper-case ASCII letter, or part of a character outside ASCII that
	// Unicode may fold to an ASCII letter.
	foldableByte
	// pathEndByte is the question mark of a query or the number sign of a fragment.
	pathEndByte
)

// byteKinds holds the kinds of each byte.
var byteKinds = func() (kinds [256]byteKind) {
	kinds['%'], kinds['.'] = percentByte, dotByte
	kinds['?'], kinds['#'] = pathEndByte, pathEndByte
	for c := range kinds {
		if 'A' <= c && c <= 'Z' || c >= utf8.RuneSelf {
			kinds[c] = foldableByte
		}
	}
	return kinds
}()

// appendDecoded appends the path with each segment decoded separately. It returns false
// for a path that no rule may match, because routers disagree on its meaning:
//   - With [Raw], a path with an escape that net/url would not write, such as %68 for h.
//   - With [Raw], a path with an escape that also has an encoded slash, or an unescaped
//     character that net/url would escape: net/url keeps such a path as it was sent.
//   - A path with both malformed and valid escapes, which a router may decode in part or
//     not at all. If all escapes are malformed, they are literal.
//   - With [IgnoreCase], a path with a character that Unicode folds to an ASCII letter,
//     but routers do not.
func appendDecoded[T string | []byte](dst []byte, path T, routing Routing) (decoded []byte, ok bool) {
	escaped, malformed, decoding, hasUnescaped := false, false, false, false
	for i := 0; i < len(path); i++ {
		c := path[i]
		switch {
		case c != '%':
			hasUnescaped = hasUnescaped || needsEscape(c)
		case i+2 >= len(path) || !isHex(path[i+1]) || !isHex(path[i+2]):
			malformed = true
		default:
			escaped = true
			c = hexValue(path[i+1])<<4 | hexValue(path[i+2])
			if routing&Raw != 0 && (!needsEscape(c) || isLowerHexLetter(path[i+1]) || isLowerHexLetter(path[i+2])) && c != '/' {
				return dst, false
			}
			i += 2
			hasUnescaped, decoding = hasUnescaped || c == '/', decoding || c != '/'
			if c == '/' || c == '\\' {
				c = escapedSlash
			}
		}
		if routing&IgnoreCase != 0 {
			c = lowerByte(c)
		}
		dst = append(dst, c)
	}
	if escaped && malformed || decoding && hasUnescaped && routing&Raw != 0 || routing&IgnoreCase != 0 && bytes.ContainsAny(dst, "\u017f\u212a") {
		return dst, false
	}
	return dst, true
}

// needsEscape reports whether net/url escapes a byte of a path.
func needsEscape(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return false
	default:
		return strings.IndexByte("-_.~$&+,/:;=@", c) < 0
	}
}

// hasDotSegment reports whether a decoded path has a segment "." or "..". It also finds
// such a segment between backslashes or encoded slashes, or with a parameter after a
// semicolon, because a router may resolve the segment.
func hasDotSegment[T string | []byte](path T) bool {
	for i := range len(path) {
		if path[i] != '.' || i > 0 && !isSeparator(path[i-1]) {
			continue
		}
		end := i + 1
		if end < len(path) && path[end] == '.' {
			end++
		}
		if end == len(path) || isSeparator(path[end]) || path[end] == ';' {
			return true
		}
	}
	return false
}

// isSeparator reports whether some router treats the decoded byte c as a separator.
func isSeparator(c byte) bool { return c == '/' || c == '\\' || c == escapedSlash }

// normalizeSeparators returns a decoded path with all separators replaced by slashes.
func normalizeSeparators(path string) string {
	if strings.IndexByte(path, '\\') < 0 && strings.IndexByte(path, escapedSlash) < 0 {
		return path
	}
	separated := []byte(path)
	for i, c := range separated {
		if isSeparator(c) {
			separated[i] = '/'
		}
	}
	return string(separated)
}

// hexValue returns the value of the hexadecimal digit c.
func hexValue(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	default:
		return c - 'a' + 10
	}
}

func isLowerHexLetter(c byte) bool { return 'a' <= c && c <= 'f' }

// lowerByte returns c, in lower case if c is an ASCII letter.
func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// lowerASCII returns s with ASCII letters in lower case.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 {
			return rune(lowerByte(byte(r)))
		}
		return r
	}, s)
}
