#include <idn2.h>
#include <stdlib.h>
#include <unicase.h>
#include <uninorm.h>
#include <uniwidth.h>

// Swift does not import the normalization forms and the flags of idn2, which are macros.

/// The full case folding of UTF-8, decomposed (NFD). The caller frees it; null if there is no memory.
static inline uint8_t *roster_case_folded(const uint8_t *text, size_t count, size_t *folded_count) {
  return u8_casefold(text, count, NULL, UNINORM_NFD, NULL, folded_count);
}

/// The simple case folding of one scalar (C + S of CaseFolding.txt): the full one where that is one
/// scalar, else the lower case. U+0130, which only Turkic languages fold, is not changed.
static inline uint32_t roster_simply_folded(uint32_t scalar) {
  uint32_t space[4];
  size_t count = 4;
  if (scalar == 0x130) return scalar;
  uint32_t *folded = u32_casefold(&scalar, 1, NULL, NULL, space, &count);
  uint32_t found = folded && count == 1 ? folded[0] : uc_tolower(scalar);
  if (folded != space) free(folded);
  return found;
}

/// Whether a scalar is a full-width or half-width form of another one, as East Asian input methods produce.
static inline int roster_is_of_other_width(uint32_t scalar) {
  ucs4_t space[UC_DECOMPOSITION_MAX_LENGTH];
  int tag = -1;
  if (uc_decomposition(scalar, &tag, space) < 0) return 0;
  return tag == UC_DECOMP_WIDE || tag == UC_DECOMP_NARROW;
}

/// How many columns of a terminal a scalar takes: 0, 1 or 2; -1 for a control character.
static inline int roster_display_width(uint32_t scalar) { return uc_width(scalar, "UTF-8"); }

/// The A-label form of a domain by IDNA2008, after the mapping of UTS #46 that keeps ß and ς. The
/// caller frees it; null if the domain has no such form.
static inline char *roster_ascii_domain(const char *domain) {
  uint8_t *found = NULL;
  int code = idn2_lookup_u8((const uint8_t *)domain, &found, IDN2_NONTRANSITIONAL);
  return code == IDN2_OK ? (char *)found : NULL;
}

/// The same domain in the form that people read. The caller frees it; null if it is not a domain.
static inline char *roster_readable_domain(const char *domain) {
  char *found = NULL;
  return idn2_to_unicode_8z8z(domain, &found, 0) == IDN2_OK ? found : NULL;
}
