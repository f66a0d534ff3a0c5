import java.io.File;
import org.apache.pdfbox.preflight.PreflightDocument;
import org.apache.pdfbox.preflight.ValidationResult;
import org.apache.pdfbox.preflight.exception.SyntaxValidationException;
import org.apache.pdfbox.preflight.parser.PreflightParser;

/** Prints VALID or INVALID and the errors for each PDF/A-1b file given. */
public class Pf {
  public static void main(String[] files) throws Exception {
    for (String file : files) {
      ValidationResult result = validate(new File(file));
      System.out.println((result.isValid() ? "VALID " : "INVALID ") + file);
      for (ValidationResult.ValidationError error : result.getErrorsList()) {
        System.out.println("  " + error.getErrorCode() + " " + error.getDetails());
      }
    }
  }

  private static ValidationResult validate(File file) throws Exception {
    PreflightParser parser = new PreflightParser(file);
    try {
      parser.parse();
    } catch (SyntaxValidationException refused) {
      return refused.getResult();
    }
    try (PreflightDocument document = parser.getPreflightDocument()) {
      document.validate();
      return document.getResult();
    }
  }
}
